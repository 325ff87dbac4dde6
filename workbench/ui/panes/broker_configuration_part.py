"""Configuration of one broker: every key with value, who set it and Kafka's default."""

from __future__ import annotations

from workbench.client.errors import ClientError
from workbench.ui.documents import DocumentKey
from workbench.ui.panes.configuration_part import ConfigurationPart


class BrokerConfigurationPart(ConfigurationPart):
    """As a topic's; the subject is the broker's node id."""

    def show_broker(self, node_id: int) -> None:
        """Reads another broker's configuration."""
        if self.key.subject != str(node_id):
            self.key = DocumentKey(self.key.kind, self.key.cluster, str(node_id))
            if self.is_shown:
                self._read()

    async def _read_all(self) -> None:
        session = self.cluster.session
        if session is None:
            raise ClientError(self.cluster.why_not_write() or self.tr("Not connected."))
        if not self.key.subject:
            return
        asked = self.key.subject
        entries = await session.broker_configs(int(asked))
        if asked == self.key.subject:
            self._entries = entries
            self._stack.setCurrentWidget(self.table)
            self._show()
