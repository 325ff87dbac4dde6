"""InitProducerId 0-5 for idempotent producers: always a new id at epoch 0, whatever id was given (surprising, but so).

Transactional ids need the transaction coordinator; until there is one they are refused as an unsupported version,
which clients report at once instead of retrying.
"""

from __future__ import annotations

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.requests import RequestContext, serves
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import InitProducerIdRequest, InitProducerIdResponse


@serves(InitProducerIdRequest, (0, 5))
async def handle(broker: Broker, context: RequestContext, request: InitProducerIdRequest) -> InitProducerIdResponse:
    def refused(code: ErrorCode) -> InitProducerIdResponse:
        return InitProducerIdResponse(error_code=code, producer_id=-1, producer_epoch=-1)

    if request.transactional_id is not None:
        return refused(ErrorCode.INVALID_REQUEST if request.transactional_id == "" else ErrorCode.UNSUPPORTED_VERSION)
    if (request.producer_id == -1) != (request.producer_epoch == -1):
        return refused(ErrorCode.INVALID_REQUEST)
    try:
        return InitProducerIdResponse(producer_id=await broker.producer_ids.take(), producer_epoch=0)
    except BrokerError as error:
        return refused(error.code)
