"""The dashboards as code; `python -m grafana.source` writes the files that Grafana reads."""
