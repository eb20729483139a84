"""The operator's admin, on the installation's own host only: merchants, alarms that fail, the pool, the trail."""
