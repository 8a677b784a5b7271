# SPDX-License-Identifier: GPL-2.0-or-later
"""legacy.py SOCKET FOLDER: the synchronous client of qemu.qmp as QEMU's own iotests use it: block
jobs with waits for their events, on real images, and descriptors by send_fd_scm()."""

import os
import sys

from qemu.qmp import ExecuteError
from qemu.qmp.legacy import QEMUMonitorProtocol

from view import event, show

SIZE = 8 << 20


def wait_for(qmp, name, **data):
    """As VM.event_wait(): what comes before is thrown away."""
    while True:
        message = qmp.pull_event(wait=30.0)
        if message['event'] == name and all(message['data'].get(key) == value
                                            for key, value in data.items()):
            return event(message)


def run_job(qmp, job):
    """As VM.run_job(): the states that a job goes through."""
    states = []
    while not states or states[-1] != 'null':
        message = qmp.pull_event(wait=30.0)
        if message['event'] != 'JOB_STATUS_CHANGE' or message['data']['id'] != job:
            continue
        states.append(message['data']['status'])
        if states[-1] == 'concluded':
            show('job', [{key: value for key, value in entry.items() if 'progress' not in key}
                         for entry in qmp.cmd('query-jobs')])
            qmp.cmd('job-dismiss', id=job)
    show(f'states of {job}', states)


def basics(qmp):
    show('cmd_raw', qmp.cmd_raw('query-status'))
    show('cmd_raw error', qmp.cmd_raw('query-status', {'no': 'arguments'}))
    show('cmd_obj', qmp.cmd_obj({'execute': 'query-name', 'id': 'mine'}))
    show('cmd', qmp.cmd('query-version'))
    try:
        qmp.cmd('blockdev-add', driver='no-such-driver')
    except ExecuteError as error:
        show('error', str(error))
    qmp.cmd('cont') # so that there is something to stop
    qmp.clear_events()
    qmp.cmd('stop')
    show('events', [event(message) for message in qmp.get_events(wait=30.0)])
    qmp.cmd('cont')
    qmp.clear_events()
    show('no events', qmp.get_events())
    show('nothing to pull', qmp.pull_event())


def create(qmp, folder, name):
    path = os.path.join(folder, name)
    qmp.cmd('blockdev-create', **{
        'job-id': 'create-file', 'options': {'driver': 'file', 'filename': path, 'size': 0}})
    run_job(qmp, 'create-file')
    qmp.cmd('blockdev-add', **{'driver': 'file', 'filename': path, 'node-name': name + '-file'})
    qmp.cmd('blockdev-create', **{
        'job-id': 'create-qcow2',
        'options': {'driver': 'qcow2', 'file': name + '-file', 'size': SIZE}})
    run_job(qmp, 'create-qcow2')
    qmp.cmd('blockdev-add', **{'driver': 'qcow2', 'file': name + '-file', 'node-name': name})


def block_jobs(qmp, folder):
    create(qmp, folder, 'source.qcow2')
    create(qmp, folder, 'target.qcow2')
    qmp.cmd('human-monitor-command',
            **{'command-line': 'qemu-io source.qcow2 "write -P 7 1M 2M"'})
    qmp.clear_events()
    qmp.cmd('blockdev-mirror', **{'job-id': 'mirror', 'device': 'source.qcow2',
                                  'target': 'target.qcow2', 'sync': 'full'})
    show('ready', wait_for(qmp, 'BLOCK_JOB_READY', device='mirror'))
    qmp.cmd('job-complete', id='mirror')
    show('completed', wait_for(qmp, 'BLOCK_JOB_COMPLETED', device='mirror'))
    for name in 'source.qcow2', 'target.qcow2':
        qmp.cmd('blockdev-del', **{'node-name': name})
        qmp.cmd('blockdev-del', **{'node-name': name + '-file'})
    show('nodes', qmp.cmd('query-named-block-nodes'))


def descriptors(qmp, folder):
    path = os.path.join(folder, 'passed')
    with open(path, 'wb') as file:
        for command, arguments in (('getfd', {'fdname': 'passed'}), ('closefd', {'fdname': 'passed'}),
                                   ('add-fd', {'fdset-id': 5, 'opaque': 'w:passed'})):
            if command != 'closefd':
                qmp.send_fd_scm(file.fileno())
            reply = qmp.cmd(command, **arguments)
            show(command, sorted(reply))
        show('none was sent', qmp.cmd_raw('getfd', {'fdname': 'nothing'}))
        show('not there', qmp.cmd_raw('closefd', {'fdname': 'passed'}))
        sets = qmp.cmd('query-fdsets')
        show('sets', [[entry['fdset-id'], [fd['opaque'] for fd in entry['fds']]] for entry in sets])
        qmp.cmd('chardev-add', id='on-fd', backend={
            'type': 'file', 'data': {'out': '/dev/fdset/5', 'append': True}})
        qmp.cmd('chardev-remove', id='on-fd')
        # The file that QEMU got is the one that was sent.
        qmp.send_fd_scm(file.fileno())
        qmp.cmd('getfd', fdname='image')
        qmp.cmd('remove-fd', **{'fdset-id': 5})
        show('closed', qmp.cmd('closefd', fdname='image'))


def main():
    address, folder = sys.argv[1:3]
    os.makedirs(folder, exist_ok=True)
    with QEMUMonitorProtocol(address) as qmp:
        show('greeting', qmp.connect())
        qmp.settimeout(60)
        basics(qmp)
        block_jobs(qmp, folder)
        descriptors(qmp, folder)


main()
