"""Owns the peer: the same work in FastAPI, written the way that is cheapest for it (a plain dictionary, no model)."""

import json
from typing import Any, Dict

from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()


@app.post("/api/v1/perform")
async def perform(payload: Dict[str, Any]):
    return sum(payload["numbers"])


@app.post("/def/api/v1/perform")
def perform_in_thread(payload: Dict[str, Any]):
    return sum(payload["numbers"])


@app.get("/live")
async def live():
    return {"live": True}


@app.post("/stream/api/v1/perform")
async def stream(payload: Dict[str, Any]):
    async def lines():
        for number in range(payload["limit"]):
            yield json.dumps({"number": number}, separators=(",", ":")) + "\n"

    return StreamingResponse(lines(), media_type="application/x-ndjson")
