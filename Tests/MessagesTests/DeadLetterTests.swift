import Messages
import Testing

@Suite struct DeadLetterTests {
    static let letter = DeadLetter(
        Rejection(.dimension, "x has 3 features, the stream has 4; send exactly 4 …"),
        source: RecordSource(topic: "weir.digits.samples", partition: 3, offset: 99_817),
        id: "6f9619ff-8b86-5011-b42d-00c04fc964ff", connectorName: "weir-digits", taskID: 2)

    static func texts(_ headers: [MessageHeader]) -> [String] {
        headers.map { "\($0.name)=\($0.value.map { String(decoding: $0, as: UTF8.self) } ?? "null")" }
    }

    @Test func writesConnectsHeaders() {
        #expect(
            Self.texts(Self.letter.headers(keeping: [])) == [
                "__connect.errors.topic=weir.digits.samples", "__connect.errors.partition=3",
                "__connect.errors.offset=99817", "__connect.errors.connector.name=weir-digits",
                "__connect.errors.task.id=2", "__connect.errors.stage=VALUE_CONVERTER",
                "__connect.errors.class.name=Messages.SampleDecoder",
                "__connect.errors.exception.class.name=Messages.Rejection",
                "__connect.errors.exception.message=x has 3 features, the stream has 4; send exactly 4 …",
                "weir_error_code=E_DIMENSION", "weir_id=6f9619ff-8b86-5011-b42d-00c04fc964ff",
            ])
    }

    @Test func keepsTheRecordsOwnHeaders() {
        let own = [
            MessageHeader(name: "traceparent", value: [0, 0xff]), MessageHeader(name: "null", value: nil),
            MessageHeader(name: "traceparent", text: "again"), MessageHeader(name: "weir_id", text: "theirs"),
            MessageHeader(name: "__connect.errors.topic", text: "an earlier one"),
        ]
        let headers = Self.letter.headers(keeping: own)
        #expect(Array(headers.prefix(own.count)) == own)
        #expect(DeadLetter(headers: headers) == Self.letter)
    }

    @Test func readsTheLastAccount() {
        let again = DeadLetter(
            Rejection(.conflict, "second"), source: RecordSource(topic: "t", partition: 0, offset: 1),
            id: "2",
            connectorName: "c", stage: .taskPut, className: "Other")
        #expect(DeadLetter(headers: again.headers(keeping: Self.letter.headers(keeping: []))) == again)
    }

    @Test func needsEveryHeaderInUTF8() {
        let headers = Self.letter.headers(keeping: [])
        #expect(DeadLetter(headers: []) == nil)
        for index in headers.indices {
            var damaged = headers
            damaged[index].value = [0xff]
            #expect(DeadLetter(headers: damaged) == nil, "\(headers[index].name)")
            damaged[index].value = nil
            #expect(DeadLetter(headers: damaged) == nil, "\(headers[index].name)")
            damaged.remove(at: index)
            #expect(DeadLetter(headers: damaged) == nil, "\(headers[index].name)")
        }
    }
}
