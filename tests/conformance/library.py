# SPDX-License-Identifier: GPL-2.0-or-later
"""library.py SOCKET: the asyncio client of qemu.qmp as its documentation uses it."""

import asyncio
import sys

from qemu.qmp import EventListener, ExecuteError, QMPClient

from view import event, own, show, show_digest


async def refused(qmp, name, arguments=None):
    try:
        await qmp.execute(name, arguments)
    except ExecuteError as error:
        show(f'refused {name}', [error.error_class, str(error)])
    else:
        raise AssertionError(f'{name} was not refused')


async def introspection(qmp):
    show('greeting', qmp.greeting._asdict())
    for name in 'query-version', 'query-name', 'query-chardev-backends':
        show(name, await qmp.execute(name))
    show_digest('commands', own(await qmp.execute('query-commands')))
    # Over 200 KiB in one line: clients with a short line buffer break here.
    show_digest('schema', own(await qmp.execute('query-qmp-schema')))


async def errors(qmp):
    await refused(qmp, 'no-such-command')
    await refused(qmp, 'qmp_capabilities')
    await refused(qmp, 'object-add', {'qom-type': 'no-such-type', 'id': 'x'})
    await refused(qmp, 'query-status', {'superfluous': 1})
    await refused(qmp, 'device_del', {'id': 'nobody'})
    await refused(qmp, 'block_set_io_throttle', {'device': 'nobody'})
    show('raw error', await qmp._raw({'execute': 'no-such-command'}))


async def events(qmp):
    seen = []
    await qmp.execute('cont')
    with qmp.listener(('STOP', 'RESUME')) as listener:
        await qmp.execute('stop')
        await qmp.execute('stop')
        await qmp.execute('cont')
        seen.append(event(await listener.get()))
        seen.append(event(await listener.get()))
    show('events', seen)
    everything = EventListener()
    with qmp.listen(everything):
        await qmp.execute('object-add', {'qom-type': 'rng-random', 'id': 'rng'})
        await qmp.execute('object-del', {'id': 'rng'})
        await qmp.execute('stop')
        first = await everything.get()
        show('without a filter', event(first))
        show('its time', sorted(first['timestamp']))
        show('and nothing else', everything.empty())


async def many_at_once(qmp):
    names = ['query-status', 'query-version', 'query-kvm', 'query-chardev'] * 50
    values = await asyncio.gather(*(qmp.execute(name) for name in names))
    for i in range(4):
        assert all(value == values[i] for value in values[i::4]), names[i]
    show('many', len(values))
    values = await asyncio.gather(
        *(qmp.execute('qom-list', {'path': path}) for path in ('/', '/objects', '/chardevs', '/x')),
        return_exceptions=True)
    show('paths', [str(value) if isinstance(value, Exception) else len(value) > 0
                   for value in values])


async def ids(qmp):
    for own_id in 'text', '', '\u00e9"\\':
        show('id', await qmp._raw({'execute': 'query-status', 'id': own_id}, assign_id=False))
    show('oob', await qmp.execute('query-yank', oob=True))


async def main():
    qmp = QMPClient('conformance')
    await qmp.connect(sys.argv[1])
    for part in introspection, errors, events, many_at_once, ids:
        await part(qmp)
    await qmp.disconnect()


asyncio.run(main())
