"""The command line `passage`. Only the entry point is here: commands load when they are needed."""


def main() -> None:
    """Runs `passage`; exits with 0 when done, 1 on a problem, 2 on wrong use."""
    from server.cli.main import run

    run()


__all__ = ["main"]
