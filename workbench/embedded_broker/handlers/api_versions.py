"""ApiVersions 0-4: the table of handlers, and the features of the cluster (KIP-511, KIP-584).

An unknown version never comes here: the dispatcher answers it in version 0. Versions up to 3 leave out features
whose lowest level is 0, since their readers take 0 for "not supported" (KIP-1022).
"""

from __future__ import annotations

import re

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.metadata.features import METADATA_VERSION
from workbench.embedded_broker.requests import APIS, BOTH, RequestContext, serves
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import ApiVersionsRequest, ApiVersionsResponse

_SOFTWARE = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?")


@serves(ApiVersionsRequest, (0, 4), BOTH)
def handle(broker: Broker, context: RequestContext, request: ApiVersionsRequest) -> ApiVersionsResponse:
    if context.api_version >= 3:
        name, version = request.client_software_name, request.client_software_version
        if not (_SOFTWARE.fullmatch(name) and _SOFTWARE.fullmatch(version)):
            return ApiVersionsResponse(error_code=ErrorCode.INVALID_REQUEST)
        context.connection.client_software_name = name
        context.connection.client_software_version = version
    role = context.connection.role
    image = broker.image
    finalized = dict(image.features.finalized)
    if image.features.metadata_version is not None:
        finalized[METADATA_VERSION] = image.features.metadata_version
    finalized |= broker.finalized_kraft_version()
    lowest_shown = 0 if context.api_version >= 4 else 1
    return ApiVersionsResponse(
        api_keys=[
            ApiVersionsResponse.ApiVersion(
                api_key=api.key, min_version=api.advertised_from, max_version=api.highest_version
            )
            for api in sorted(APIS.values(), key=lambda api: api.key)
            if role in api.roles
        ],
        supported_features=[
            ApiVersionsResponse.SupportedFeatureKey(name=name, min_version=span.min, max_version=span.max)
            for name, span in sorted(broker.supported_features().items())
            if span.min >= lowest_shown
        ],
        finalized_features_epoch=image.offset,
        finalized_features=[
            ApiVersionsResponse.FinalizedFeatureKey(name=name, min_version_level=level, max_version_level=level)
            for name, level in sorted(finalized.items())
        ],
    )
