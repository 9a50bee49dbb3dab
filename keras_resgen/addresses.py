"""Addresses of the hosts that train together; imports no backend, for configurations have them."""

from collections.abc import Sequence


def name_and_port(address: str) -> tuple[str, str]:
    """Returns the parts of `NAME:PORT`; one is empty, or no number, where it is no address.

    Example:

    >>> name_and_port("[::1]:5000")
    ('[::1]', '5000')
    """
    name, _, port = address.rpartition(":")
    return name, port


def check_addresses(hosts: Sequence[str], host: int) -> None:
    """Raises unless hosts have an address each, and one of them is this one's.

    Args:
        hosts: `NAME:PORT` of each; none for this machine alone.
        host: index of this machine among them.

    Raises:
        ValueError: if not.

    Example:

    >>> check_addresses(["10.0.0.1:5000", "10.0.0.2:5000"], 1)
    """
    parts = [name_and_port(address) for address in hosts]
    if len(set(hosts)) < len(hosts) or not all(name and port.isdigit() for name, port in parts):
        raise ValueError(
            f"hosts must be addresses NAME:PORT, each of them once. Received: {','.join(hosts)!r}. "
            "Give, say, 10.0.0.1:5000,10.0.0.2:5000 on every host."
        )
    if not 0 <= host < max(len(hosts), 1):
        raise ValueError(
            f"host must be an index of the {len(hosts)} hosts, from 0. Received: {host}. "
            "Give every host the same hosts and an index of its own."
        )
