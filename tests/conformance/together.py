# SPDX-License-Identifier: GPL-2.0-or-later
"""together.py SOCKET: several clients of qemu.qmp at once, which only a bridge lets in. Each gets
its own answers although all use the same ids, and all get each event once, in the same order."""

import asyncio
import os
import sys

from qemu.qmp import EventListener, ExecuteError, QMPClient

from view import event

CLIENTS = 8
ROUNDS = 20


async def work(number, qmp):
    for i in range(ROUNDS):
        name = f'o-{number}-{i}'
        await qmp.execute('object-add', {'qom-type': 'rng-random', 'id': name})
        listed = await qmp.execute('qom-list', {'path': f'/objects/{name}'})
        assert any(entry['name'] == 'opened' or entry['name'] == 'filename' for entry in listed)
        try:
            await qmp.execute('object-del', {'id': f'nobody-{number}-{i}'})
            raise AssertionError('nobody was deleted')
        except ExecuteError as error:
            assert f'nobody-{number}-{i}' in str(error), error
        await qmp.execute('object-del', {'id': name})


async def main():
    clients = [QMPClient(f'client {i}') for i in range(CLIENTS)]
    listeners = [EventListener(('STOP', 'RESUME')) for _ in clients]
    for qmp in clients:
        await qmp.connect(sys.argv[1])
    await clients[0].execute('cont')
    await asyncio.gather(*(qmp.execute('query-status') for qmp in clients))
    for qmp, listener in zip(clients, listeners):
        qmp.register_listener(listener)
    await clients[0].execute('stop')
    await asyncio.gather(*(work(i, qmp) for i, qmp in enumerate(clients)))
    for i in range(5):
        await clients[i].execute('cont')
        await clients[i + 1].execute('stop')
    seen = []
    for listener in listeners:
        seen.append([event(await asyncio.wait_for(listener.get(), 30))[0] for _ in range(11)])
        assert listener.empty()
    assert all(one == ['STOP'] + ['RESUME', 'STOP'] * 5 for one in seen), seen
    # A descriptor that a client leaves behind is closed, and those of others stay.
    with open(os.devnull, 'rb') as file:
        for number in 0, 1:
            clients[number].send_fd_scm(file.fileno())
            await clients[number].execute('getfd', {'fdname': f'of-{number}'})
    await clients[0].disconnect()
    await clients[2].execute('query-status')
    try:
        await clients[2].execute('closefd', {'fdname': 'of-0'})
        raise AssertionError('the descriptor of a client that left is still there')
    except ExecuteError as error:
        assert 'of-0' in str(error), error
    await clients[2].execute('closefd', {'fdname': 'of-1'})
    for qmp in clients[1:]:
        await qmp.disconnect()
    print('all well')


asyncio.run(main())
