from tests.harness.fixtures import (
    either,
    installation,
    on_postgres,
    postgres_template,
    template,
)

__all__ = ["either", "installation", "on_postgres", "postgres_template", "template"]
