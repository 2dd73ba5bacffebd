"""Reads YAML with Ansible's own loader, all in one process.

stdin: JSON list of texts
stdout: JSON list of {"value"}, with dates and what JSON cannot hold as text, or {"error"}
"""
import datetime
import json
import math
import sys

from ansible.parsing.yaml.loader import AnsibleLoader
from ansible.utils.display import Display

Display.warning = lambda *args, **kwargs: None


def plain(value):
    if isinstance(value, dict):
        return {key if isinstance(key, str) else word(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (datetime.date, datetime.datetime)):
        return {'date': str(value)}
    if isinstance(value, float) and not math.isfinite(value):
        return {'float': str(value)}
    if isinstance(value, int) and abs(value) >= 1 << 53:
        return str(value)
    return value


def word(key):
    return json.dumps(int(key) if isinstance(key, float) and key == int(key) else key)


def answer(text):
    try:
        loader = AnsibleLoader(text)
        return {'value': plain(loader.get_single_data())}
    except Exception as error:
        return {'error': str(error)}


json.dump([answer(text) for text in json.load(sys.stdin)], sys.stdout)
