"""Model servers that people often have: what Settings fills in for them."""

from typing import TypedDict


class Preset(TypedDict):
    """One choice in Settings. ``needs_key``: that server answers nobody without one."""

    id: str
    label: str
    dialect: str
    base_url: str
    model: str
    needs_key: bool


def _preset(
    name: str, label: str, base_url: str, *, dialect: str = "chat", needs_key: bool = False
) -> Preset:
    return {
        "id": name,
        "label": label,
        "dialect": dialect,
        "base_url": base_url,
        "model": "",
        "needs_key": needs_key,
    }


# Where a server speaks both, it is the dialect in which its tools and its usage are complete.
PRESETS: list[Preset] = [
    _preset("openai", "OpenAI", "https://api.openai.com/v1", dialect="responses", needs_key=True),
    _preset(
        "openai-agents",
        "OpenAI Agents",
        "https://api.openai.com/v1",
        dialect="agents",
        needs_key=True,
    ),
    _preset("ollama", "Ollama", "http://localhost:11434/v1"),
    _preset("vllm", "vLLM", "http://localhost:8000/v1"),
    _preset("openrouter", "OpenRouter", "https://openrouter.ai/api/v1", needs_key=True),
    _preset("llamacpp", "llama.cpp", "http://localhost:8080/v1"),
    _preset("lmstudio", "LM Studio", "http://localhost:1234/v1"),
]
