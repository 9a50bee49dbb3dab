"""Addresses of hosts that train together; this imports no backend, as configurations need it."""

from collections.abc import Sequence


def name_and_port(address: str) -> tuple[str, str]:
    """Return the parts of `NAME:PORT`; a malformed address has an empty part or port.

    Example:

    >>> name_and_port("[::1]:5000")
    ('[::1]', '5000')
    """
    name, _, port = address.rpartition(":")
    return name, port


def check_addresses(hosts: Sequence[str], host: int) -> None:
    """Raise a ValueError for malformed addresses, or an index outside them.

    Args:
        hosts: `NAME:PORT` of every host; none for this machine alone.
        host: index of this machine among them.

    Raises:
        ValueError: if an address is malformed or given twice, or there is no such index.

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
