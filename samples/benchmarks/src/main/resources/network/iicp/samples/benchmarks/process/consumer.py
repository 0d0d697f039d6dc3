import asyncio
import json
import sys
import time

from iicp_client import ChatMessage, ChatOptions, IicpClient
from iicp_client.types import ClientConfig


async def chat(client):
    answer = await client.chat_async(
        [ChatMessage(role="user", content="Which machine answers?")], ChatOptions(max_tokens=64)
    )
    assert answer.choices[0].message.content


async def worker(client, end, times, faults):
    while time.perf_counter() < end:
        start = time.perf_counter()
        try:
            await chat(client)
            times.append(time.perf_counter() - start)
        except Exception as fault:
            faults.append(repr(fault)[:200])


async def main():
    client = IicpClient(ClientConfig(directory_url=sys.argv[1], timeout_ms=20000))
    loop = asyncio.get_running_loop()
    print(json.dumps({"ready": True}), flush=True)
    while True:
        line = await loop.run_in_executor(None, sys.stdin.readline)
        if not line:
            return
        in_flight, seconds = line.split()
        times, faults = [], []
        start = time.perf_counter()
        end = start + float(seconds)
        await asyncio.gather(*[worker(client, end, times, faults) for _ in range(int(in_flight))])
        times.sort()
        result = {
            "calls": len(times),
            "failures": len(faults),
            "fault": faults[0] if faults else "",
            "seconds": time.perf_counter() - start,
            "p50_ms": 1000 * times[len(times) // 2] if times else 0.0,
            "p99_ms": 1000 * times[min(len(times) - 1, int(len(times) * 0.99))] if times else 0.0,
        }
        print(json.dumps(result), flush=True)


asyncio.run(main())
