"""Options of the test suite."""


def pytest_addoption(parser):
    parser.addoption(
        "--rewrite-derivations", action="store_true", help="write tests/derivations anew; review the difference"
    )
