"""`python -m nncli`."""

from nncli.cli.main import main

main()
