"""``python -m cli`` is the ``dexwatch`` command."""

from cli.main import main

main()
