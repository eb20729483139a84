"""Shop systems in small: servers with the shape, signatures and quirks of the real ones, and with faults to order."""
