"""Answers, in one process, what ansible-core makes of many inventories.

stdin: JSON list of {"sources", "playbookDir"?, "patterns"?: [[pattern, limit or null]]}
stdout: JSON list of {"groups", "hostvars", "patterns"} or {"error"}
"""
import json
import os
import sys

os.environ['ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED'] = 'true'
os.environ['ANSIBLE_LOCALHOST_WARNING'] = 'false'
os.environ['ANSIBLE_TRANSFORM_INVALID_GROUP_CHARS'] = 'ignore'

from ansible.cli.inventory import INTERNAL_VARS
from ansible.inventory.manager import InventoryManager
from ansible.parsing.ajson import AnsibleJSONEncoder
from ansible.parsing.dataloader import DataLoader
from ansible.utils.display import Display
from ansible.vars.manager import VariableManager

Display.warning = Display.deprecated = lambda *args, **kwargs: None
INTERNAL = set(INTERNAL_VARS)


def judge(case):
    loader = DataLoader()
    if case.get('playbookDir'):
        loader.set_basedir(case['playbookDir'])
    inventory = InventoryManager(loader=loader, sources=case['sources'])
    variables = VariableManager(loader=loader, inventory=inventory)
    groups = {
        name: {
            'hosts': [host.name for host in group.hosts],
            'children': [child.name for child in group.child_groups],
        }
        for name, group in inventory.groups.items()
    }
    hostvars = {}
    for name, host in inventory.hosts.items():
        values = variables.get_vars(host=host, include_hostvars=False, stage='all')
        hostvars[name] = {key: values[key] for key in values if key not in INTERNAL}
    matched = [match(inventory, *one) for one in case.get('patterns', [])]
    return {'groups': groups, 'hostvars': hostvars, 'patterns': matched}


def match(inventory, pattern, limit):
    try:
        inventory.subset(limit)
        return [host.name for host in inventory.get_hosts(pattern)]
    except Exception as error:
        return {'error': str(error)}


def answer(case):
    try:
        return judge(case)
    except Exception as error:
        return {'error': str(error)}


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout, cls=AnsibleJSONEncoder)
