"""Where an entry is explained: a page of the app that words reasons, by the keys of member and entry."""

PAGES: list[str] = []


def explained_at(url_name: str) -> None:
    """Entries are explained on this page."""
    if url_name not in PAGES:
        PAGES.append(url_name)
