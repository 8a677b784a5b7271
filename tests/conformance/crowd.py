# SPDX-License-Identifier: GPL-2.0-or-later
"""crowd.py SOCKET CLIENTS: that many clients at once. A quarter of them behaves, another reads its
answers one by one and late, one sends garbage, and one leaves in mid-command. One more doesn't
read at all while events flow. Those that behave get all their answers, in order, with their own
ids, and every event."""

import asyncio
import json
import random
import sys

COMMANDS = 100
EVENTS = 500
HELLO = b'{"execute": "qmp_capabilities"}\n'


class Client:
    def __init__(self, number):
        self.number = number
        self.replies = 0
        self.events = 0

    async def connect(self, path, limit=1 << 22):
        self.reader, self.writer = await asyncio.open_unix_connection(path, limit=limit)
        greeting = json.loads(await self.reader.readline())
        assert 'QMP' in greeting, greeting
        self.writer.write(HELLO)
        assert json.loads(await self.reader.readline()) == {'return': {}}

    def send(self, name, ident, **arguments):
        self.writer.write(json.dumps(
            {'execute': name, 'arguments': arguments, 'id': [self.number, ident]}).encode() + b'\n')

    async def reply(self):
        """The next reply; events are counted."""
        while True:
            message = json.loads(await self.reader.readline())
            if 'event' not in message:
                return message
            self.events += 1

    async def expect(self, ident):
        message = await self.reply()
        assert message['id'] == [self.number, ident], (message, self.number, ident)
        self.replies += 1
        return message

    def close(self):
        self.writer.close()


async def behave(client, pause=None):
    """Sends all at once and reads, each answer by itself where there is a pause."""
    for i in range(COMMANDS):
        if i % 3:
            client.send('qom-list', i, path=f'/nobody-{client.number}-{i}')
        else:
            client.send('query-status', i)
    for i in range(COMMANDS):
        message = await client.expect(i)
        if i % 3:
            assert f'nobody-{client.number}-{i}' in message['error']['desc'], message
        else:
            assert 'return' in message, message
        if pause:
            await asyncio.wait([pause], timeout=0.001)


async def garbage(client, random_bytes):
    try:
        for _ in range(20):
            client.writer.write(random_bytes.randbytes(2000) + b'{"execute": "query-status"}\n' +
                                b'[' * 3000 + b'\xff{"execute')
            await client.writer.drain()
            # There may be no answer: what came may be the beginning of a long string.
            await asyncio.wait_for(client.reader.read(4096), 0.05)
    except (ConnectionError, asyncio.TimeoutError):
        pass # it may be thrown out
    client.close()


async def leave(client):
    for i in range(10):
        client.send('query-commands', i)
    client.writer.write(b'{"execute": "query-st')
    await client.writer.drain()
    client.writer.transport.abort()


async def deaf(client, never):
    """Asks for more and more and never reads, until it is thrown out."""
    client.writer.transport.pause_reading()
    try:
        for i in range(100000):
            client.send('query-qmp-schema', i)
            await client.writer.drain()
            await asyncio.wait([never], timeout=0.002)
        raise AssertionError('who does not read was not thrown out')
    except ConnectionError:
        pass


async def main():
    path, number = sys.argv[1], int(sys.argv[2])
    clients = [Client(i) for i in range(number)]
    watcher, outcast = Client('watcher'), Client('outcast')
    await asyncio.gather(*(client.connect(path) for client in clients))
    await watcher.connect(path)
    await outcast.connect(path, limit=1024)
    never = asyncio.get_running_loop().create_future()
    rest = [garbage(client, random.Random(client.number)) for client in clients[2::4]]
    rest += [leave(client) for client in clients[3::4]]
    good = [behave(client) for client in clients[0::4]]
    good += [behave(client, never) for client in clients[1::4]]
    expelled = asyncio.create_task(deaf(outcast, never))
    await asyncio.gather(*good, *rest)
    for i in range(EVENTS // 2):
        watcher.send('stop', 2 * i)
        watcher.send('cont', 2 * i + 1)
        await watcher.expect(2 * i)
        await watcher.expect(2 * i + 1)
    await expelled
    # All of the good ones have their answers; now let them have the last events as well.
    for client in clients[0::4] + clients[1::4]:
        client.send('query-status', 'last')
        await client.expect('last')
        assert client.replies == COMMANDS + 1, client.replies
        assert client.events == watcher.events, (client.events, watcher.events)
    print(len(good), 'clients got all, events:', watcher.events)


asyncio.run(main())
