"""Which statuses mean that something is still going on."""

ACTIVE = ("running", "waiting")
OPEN = ("queued", *ACTIVE)
MOVING = ("queued", "streaming")  # messages whose text or place is not final
