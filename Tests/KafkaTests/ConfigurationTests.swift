import Kafka
import Testing

@Suite struct ConfigurationTests {
    @Test func anUnknownPropertyIsNamed() throws {
        let consumer = #expect(throws: KafkaError.self) {
            try Consumer(properties: ["group.id": "g", "max.poll.records": "5"])
        }
        #expect(consumer?.message.contains("\"max.poll.records\"") == true)
        #expect(consumer?.name == "_INVALID_ARG")
        let producer = #expect(throws: KafkaError.self) {
            try Producer(properties: ["acknowledgements": "all"], onDelivery: { _ in })
        }
        #expect(producer?.message.contains("\"acknowledgements\"") == true)
    }

    @Test func aBadValueIsNeverShown() throws {
        let shown = #expect(throws: KafkaError.self) {
            try Producer(properties: ["compression.type": "zip"], onDelivery: { _ in })
        }
        #expect(shown?.message.contains("zip") == false)
        #expect(shown?.message.contains("\"compression.type\"") == true)
        let range = #expect(throws: KafkaError.self) {
            try Producer(properties: ["linger.ms": "-5"], onDelivery: { _ in })
        }
        #expect(range?.message.contains("the range is 0..900000") == true)
        for name in ["ssl.key.pem", "ssl.keystore.password", "ssl.key.password"] {
            let hidden = #expect(throws: KafkaError.self) {
                try Producer(
                    properties: [
                        name: "hunter2-is-secret", "security.protocol": "ssl",
                        "ssl.keystore.location": "/nowhere",
                    ], onDelivery: { _ in })
            }
            #expect(hidden?.description.contains("hunter2") == false, "\(name)")
        }
    }

    @Test func aConsumerNeedsAGroup() throws {
        let error = #expect(throws: KafkaError.self) { try Consumer(properties: [:]) }
        #expect(error?.message.contains("group.id") == true)
    }

    @Test func theDefaultsCanBeOverridden() throws {
        // With idempotence on, acks=1 is refused: that it is accepted shows that the default gave way.
        #expect(throws: KafkaError.self) { try Producer(properties: ["acks": "1"], onDelivery: { _ in }) }
        let producer = try Producer(
            properties: [
                "acks": "1", "enable.idempotence": "false", "partitioner": "random", "linger.ms": "0",
            ],
            onDelivery: { _ in })
        producer.close()
        let consumer = try Consumer(properties: [
            "group.id": "g", "enable.auto.commit": "true", "partition.assignment.strategy": "range",
        ])
        consumer.close()
    }
}
