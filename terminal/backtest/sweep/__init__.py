"""Run a plan many times over one recording, each time with other settings of its strategies (参数扫描)."""
