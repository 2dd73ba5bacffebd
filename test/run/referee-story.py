"""A callback of ansible-playbook: one JSON line a result, as test/run/story.ts reads them."""

import json

from ansible.plugins.callback import CallbackBase

INCLUDES = ('include_tasks', 'include_role')


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = 'stdout'
    CALLBACK_NAME = 'story'

    def _say(self, result, status, item=False):
        task, values = result._task, result._result
        action = task.action.split('.')[-1]
        # A loop's turns were told one by one, and an include is what it brings.
        if not item and 'results' in values and values['results']:
            return
        if action in INCLUDES and status == 'ok':
            return
        label = values.get('_ansible_item_label', values.get('item')) if item else None
        row = {
            'host': result._host.get_name(),
            'task': f'{task._role.get_name()} : {result.task_name}' if task._role else result.task_name,
            'item': label,
            'status': status,
            'msg': values.get('msg') if action == 'debug' and status == 'ok' else None,
        }
        self._display.display(json.dumps(row))

    def _ok(self, result, item=False):
        self._say(result, 'changed' if result._result.get('changed') else 'ok', item)

    def v2_runner_on_ok(self, result):
        self._ok(result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._say(result, 'failed')

    def v2_runner_on_skipped(self, result):
        self._say(result, 'skipped')

    def v2_runner_on_unreachable(self, result):
        self._say(result, 'unreachable')

    def v2_runner_item_on_ok(self, result):
        self._ok(result, True)

    def v2_runner_item_on_failed(self, result):
        self._say(result, 'failed', True)

    def v2_runner_item_on_skipped(self, result):
        self._say(result, 'skipped', True)
