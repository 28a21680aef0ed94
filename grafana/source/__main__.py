"""Write the dashboards' files, and remove those of dashboards that are gone."""

from __future__ import annotations

from grafana.source.catalogue import FOLDER, written

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    files = written()
    for path in set(FOLDER.glob("*.json")) - set(files):
        path.unlink()
    for path, content in files.items():
        path.write_text(content, encoding="utf-8")
