import functools
import ssl

import httpx._transports.default as _httpx_default
import iicp_client._http as _iicp_http

_iicp_http._tls_context = functools.lru_cache(maxsize=None)(_iicp_http._tls_context)
_one_context = ssl.create_default_context()
_create = _httpx_default.create_ssl_context


def _memoised(verify=True, *args, **kwargs):
    return _one_context if verify is True else _create(verify, *args, **kwargs)


_httpx_default.create_ssl_context = _memoised
ssl.create_default_context = lambda *args, **kwargs: _one_context
