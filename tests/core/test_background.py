"""What goes on beside everything else."""

import asyncio

from core.background import Background


async def test_once_at_a_time_until_it_is_cut_off():
    """One task, however often it is begun; after its end it may be begun again."""
    begun, cut_off = [], []

    async def work():
        begun.append(1)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)  # it takes its leave
            cut_off.append(1)
            raise

    background = Background(work)
    await background.aclose()
    for times in (1, 2):
        background.begin()
        background.begin()
        await asyncio.sleep(0)
        assert (len(begun), len(cut_off)) == (times, times - 1)
        await background.aclose()
        await background.aclose()
        assert (len(begun), len(cut_off)) == (times, times)


async def test_work_that_ends_by_itself_may_be_begun_again():
    """As of anyone who has rung for all that was queued."""
    done = []

    async def work():
        done.append(1)

    background = Background(work)
    for _ in range(2):
        background.begin()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert len(done) == 2
    await background.aclose()
