"""Evaluates expressions as ansible-core does.

stdin: JSON {"vars": {...}, "expressions": [...]}
stdout: JSON list of {"value"} or {"error"}
"""
import json
import sys

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.utils.display import Display

Display.warning = Display.deprecated = lambda *args, **kwargs: None
case = json.load(sys.stdin)
templar = Templar(loader=DataLoader(), variables=case['vars'])


def evaluate(expression):
    try:
        found = templar.template('{{ [' + expression + '] | to_json }}', convert_data=False, escape_backslashes=False)
        return {'value': json.loads(found)[0]}
    except Exception as error:
        return {'error': str(error)}


json.dump([evaluate(expression) for expression in case['expressions']], sys.stdout)
