import Evaluation
import Foundation
import Testing

@Suite struct MetricValueTests {
    @Test func readsOnTheWireAsAValueOrAReason() throws {
        let encoder = JSONEncoder()
        #expect(
            String(decoding: try encoder.encode(MetricValue.value(0.5)), as: UTF8.self) == #"{"value":0.5}"#)
        #expect(
            String(decoding: try encoder.encode(MetricValue.absent(.noLabelsYet)), as: UTF8.self)
                == #"{"absent":"no_labels_yet"}"#)
        for value in AbsenceReason.allCases.map(MetricValue.absent) + [.value(-79), .value(0.1 + 0.2)] {
            #expect(try roundTripped(value) == value)
        }
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(MetricValue.self, from: Data(#"{"absent":"tired"}"#.utf8))
        }
    }

    @Test func tellsItsNumberOrItsReason() {
        #expect(MetricValue.value(2).number == 2)
        #expect(MetricValue.value(2).reason == nil)
        #expect(MetricValue.absent(.noPeakYet).number == nil)
        #expect(MetricValue.absent(.noPeakYet).reason == .noPeakYet)
    }
}
