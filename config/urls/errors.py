"""The handlers both URL roots share."""

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"
handler429 = "config.errors.too_many"  # not Django's: allauth asks for it when one of its rate limits is exceeded
