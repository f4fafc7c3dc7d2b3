import Messages
import TestSupport
import Testing

@Suite struct MetricsMessageTests {
    static let message = message([
        Metric(.unknownThreshold, value: .absent("off")),
        Metric(.inputLag, "s", "1", value: .number(0)), Metric(.inputLag, "s", "0", value: .number(12)),
        Metric(.kappaTemporal, "cumulative", value: .number(-0.2)),
        Metric(.kappaTemporal, "window", value: .absent("no_labels_yet")),
        Metric(.classes, value: .number(10)),
    ])

    static func message(_ metrics: [Metric]) -> MetricsMessage {
        MetricsMessage(
            stream: "digits", model: PredictionTests.model, window: MetricsWindow(kind: .last, n: 1000),
            recordCount: 60_000, labelledCount: 52_311, metrics: metrics,
            perClass: [
                "8": ClassMetrics(n: 2, recall: nil, peak: nil, now: nil, forgetting: nil, holdoutItems: 0),
                "7": ClassMetrics(
                    n: 5230, recall: 0.93, peak: 0.95, now: 0.94, forgetting: 0.01, holdoutItems: 50),
            ], timestampMilliseconds: 1_790_000_000_123, isFinal: true)
    }

    static func encoded(_ message: MetricsMessage) -> String {
        var bytes: [UInt8] = []
        message.encodeJSON(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    static func decoded(_ json: String) throws -> MetricsMessage {
        try Array(json.utf8).withUnsafeBytes { try MetricsMessage(json: $0) }
    }

    /// What is read of these members in a message that is sound otherwise.
    static func decoded(metrics: String, reasons: String = "{}") throws -> [Metric] {
        let json =
            #"{"metrics":\#(metrics),"stream":"s","model":{"id":"a","revision":0,"traces_learned":0,"hash":"h"},"#
            + #""window":{"kind":"last","n":1},"n_records":0,"n_labelled":0,"per_class":{},"#
            + #""reasons_absent":\#(reasons),"final":false,"ts":"2026-09-21T14:13:20.123Z"}"#
        return try decoded(json).metrics
    }

    @Test func writesJSONByteForByte() throws {
        let wanted =
            #"{"stream":"digits","model":{"id":"digits-a","revision":10424,"traces_learned":10423,"hash":"sha256:9f86"},"#
            + #""window":{"kind":"last","n":1000},"n_records":60000,"n_labelled":52311,"#
            + #""metrics":{"weir_classes":10.0,"#
            + #""weir_input_lag_records":[{"labels":{"partition":"0","topic":"s"},"value":12.0},"#
            + #"{"labels":{"partition":"1","topic":"s"},"value":0.0}],"#
            + #""weir_kappa_temporal":[{"labels":{"window":"cumulative"},"value":-0.2},"#
            + #"{"labels":{"window":"window"},"value":null,"reason_absent":"no_labels_yet"}],"#
            + #""weir_unknown_threshold":null},"#
            + #""per_class":{"7":{"n":5230,"recall":0.93,"peak":0.95,"now":0.94,"forgetting":0.01,"holdout_items":50},"#
            + #""8":{"n":2,"recall":null,"peak":null,"now":null,"forgetting":null,"holdout_items":0}},"#
            + #""reasons_absent":{"weir_unknown_threshold":"off"},"final":true,"ts":"2026-09-21T14:13:20.123Z"}"#
        let written = Self.encoded(Self.message)
        // The lists that are empty differ from version to version.
        #expect(written.replacing(/"weir_[a-z_]+":\[\],/, with: "") == wanted)
        #expect(try Self.decoded(wanted) == Self.message)
        #expect(try Self.decoded(written) == Self.message)
    }

    @Test func isAListInEveryMessageIfItHasLabels() throws {
        let written = Self.encoded(Self.message([]))
        for definition in MetricCatalogue.all {
            #expect(
                written.contains("\"\(definition.name)\":[]") == !definition.labels.isEmpty,
                "\(definition.name)")
        }
        let read = try Self.decoded(written)
        #expect(read.sum(.deadLetters) == 0 && read.number(.classes) == nil)
    }

    @Test func writesEqualMessagesInOneWay() {
        var generator = SplitMix64(seed: 3)
        for round in 0..<20 {
            let shuffled = Self.message(Self.message.metrics.shuffled(using: &generator))
            #expect(shuffled == Self.message, "seed 3, round \(round)")
            #expect(Self.encoded(shuffled) == Self.encoded(Self.message), "seed 3, round \(round)")
        }
    }

    @Test func sortsLabelsByTheirBytes() {
        let values = ["é", "b", "a", "B", "😀", "\u{ff5e}", "a b", ""]
        let message = Self.message(values.map { Metric(.expertWeight, $0, value: .number(1)) })
        #expect(message.metrics.map { $0.labels[0] } == ["", "B", "a", "a b", "b", "é", "\u{ff5e}", "😀"])
    }

    @Test func findsNumbersReasonsAndSums() {
        let message = Self.message
        #expect(message.number(.kappaTemporal, "cumulative") == -0.2)
        #expect(message.number(.kappaTemporal, "window") == nil)
        #expect(message.reason(.kappaTemporal, "window") == "no_labels_yet")
        #expect(message.reason(.kappaTemporal, "cumulative") == nil)
        #expect(message.number(.inputLag, "s", "0") == 12 && message.number(.inputLag, "s", "2") == nil)
        #expect(message.sum(.inputLag) == 12 && message.sum(.kappaTemporal) == nil)
        #expect(message.reason(.unknownThreshold) == "off")
    }

    @Test func isTextForPeople() {
        #expect(
            Self.message.text == [
                "weir_classes 10.0", #"weir_input_lag_records{topic="s",partition="0"} 12.0"#,
                #"weir_input_lag_records{topic="s",partition="1"} 0.0"#,
                #"weir_kappa_temporal{window="cumulative"} -0.2"#,
                #"weir_kappa_temporal{window="window"} absent: no_labels_yet"#,
                "weir_unknown_threshold absent: off",
            ])
        let odd = Metric(.expertWeight, "a\"\\\n\u{1b}", value: .number(1))
        #expect("\(odd)" == #"weir_expert_weight_ratio{expert="a\"\\\n\u{1b}"} 1.0"#)
    }

    @Test func hasNoNumberForWhatIsNotFinite() throws {
        for number in [Double.nan, .infinity, -.infinity] {
            let metrics = [
                Metric(.classes, value: .number(number)), Metric(.kappa, "window", value: .number(number)),
            ]
            let read = try Self.decoded(Self.encoded(Self.message(metrics)))
            #expect(read.metrics.map(\.number) == [nil, nil])
            #expect(read.metrics.map(\.reason) == [Metric.notFinite, Metric.notFinite])
        }
    }

    @Test(arguments: UInt64(1)...4)
    func roundTrips(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let letters = ["a", "\"", "\\", "\n", "\u{0}", "é", "😀", "{", "weir_", ","]
        for round in 0..<200 {
            var metrics: [Metric] = []
            for definition in MetricCatalogue.all where Bool.random(using: &generator) {
                let items = definition.labels.isEmpty ? 1 : Int.random(in: 0...3, using: &generator)
                for item in 0..<items {
                    // The number makes them differ.
                    let labels = definition.labels.indices.map { _ in
                        "\(item)" + (letters.randomElement(using: &generator) ?? "")
                    }
                    let number = Double(bitPattern: .random(in: .min ... .max, using: &generator))
                    let value: Metric.Value =
                        Bool.random(using: &generator) ? .number(number) : .absent("a_reason")
                    metrics.append(Metric(definition, labels: labels, value: value))
                }
            }
            let message = Self.message(metrics)
            let text = Self.encoded(message)
            let read = try Self.decoded(text)
            #expect(read == message, "seed \(seed), round \(round)")
            #expect(Self.encoded(read) == text, "seed \(seed), round \(round)")
        }
    }

    @Test func readsWhatALaterVersionWrites() throws {
        let metrics = #"""
            {"weir_new_total":[{"labels":{"z":"1","b":"2"},"value":3,"since":{"ts":0}}],"weir_new":0.5,
             "weir_gone":null,"weir_classes":[],"weir_kappa":0.25,"weir_exemplars":[{"labels":{"c":"7"},"value":9}]}
            """#
        let read = try Self.decoded(metrics: metrics, reasons: #"{"weir_gone":"a_new_reason","weir_x":"r"}"#)
        #expect(
            read.map(\.description) == [
                #"weir_exemplars{c="7"} 9.0"#, "weir_gone absent: a_new_reason", "weir_kappa 0.25",
                "weir_new 0.5", #"weir_new_total{b="2",z="1"} 3.0"#,
            ])
        #expect(read.map(\.definition.kind) == [.gauge, .gauge, .gauge, .gauge, .counter])
        let message = Self.message(read)
        #expect(try Self.decoded(Self.encoded(message)) == message)
    }

    @Test(arguments: [
        (#"{"weir_classes":1,"weir_classes":1}"#, "metrics.weir_classes comes twice"),
        (#"{"weir_classes":null}"#, "reasons_absent does not say why"),
        (#"{"weir_classes":true}"#, "metrics.weir_classes"), (#"{"weir_classes":1e400}"#, "too large"),
        (#"{"weir_Classes":1}"#, "weir_Classes"), (#"{"classes":1}"#, "\"classes\""), (#"[]"#, "metrics"),
        (#"{"weir_kappa":[1]}"#, "metrics.weir_kappa[0]"),
        (#"{"weir_kappa":[{"value":1}]}"#, "metrics.weir_kappa[0].labels is missing"),
        (#"{"weir_kappa":[{"labels":{"window":"a"}}]}"#, "metrics.weir_kappa[0].value is missing"),
        (#"{"weir_kappa":[{"labels":{},"value":1}]}"#, "metrics.weir_kappa[0].labels is empty"),
        (#"{"weir_kappa":[{"labels":{"a b":"a"},"value":1}]}"#, "\"a b\""),
        (#"{"weir_kappa":[{"labels":{"a":"a","a":"b"},"value":1}]}"#, "no name twice"),
        (#"{"weir_kappa":[{"labels":{"window":"a"},"value":null}]}"#, "does not say why"),
        (
            #"{"weir_kappa":[{"labels":{"window":"a"},"value":null,"reason_absent":"No!"}]}"#,
            "[0].reason_absent"
        ),
        (
            #"{"weir_kappa":[{"labels":{"window":"a"},"value":1},{"labels":{"w":"b"},"value":1}]}"#,
            "metrics.weir_kappa[1].labels has other names"
        ),
        (
            #"{"weir_kappa":[{"labels":{"window":"a"},"value":1},{"labels":{"window":"a"},"value":2}]}"#,
            "two items with the same labels"
        ),
    ])
    func refusesWhatIsNotInOrder(metrics: String, message: String) throws {
        let rejection = #expect(throws: Rejection.self) { try Self.decoded(metrics: metrics) }
        #expect(rejection?.code == .json)
        #expect(rejection?.message.contains(message) == true, "\(rejection?.message ?? "")")
    }

    @Test func refusesWhatItDoesNotKnow() throws {
        let json = Self.encoded(Self.message)
        for (part, bad) in [
            ("\"last\"", "\"first\""), ("52311", "52311.5"), ("52311", "99999999999999999999"),
            ("-0.2", "-1e400"), ("\"off\"", "\"\""), ("\"reasons_absent\":{", "\"absent\":{"),
            ("\"n_labelled\"", "\"other\""), ("\"metrics\"", "\"numbers\""), ("true", "1"), ("}", ""),
        ] {
            #expect(throws: Rejection.self, "\(bad)") { try Self.decoded(json.replacing(part, with: bad)) }
        }
    }
}
