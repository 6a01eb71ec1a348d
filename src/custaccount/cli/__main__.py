"""``python -m custaccount.cli``: the script, where scripts are not on the path."""

from custaccount.cli.script import main

if __name__ == "__main__":
    main()
