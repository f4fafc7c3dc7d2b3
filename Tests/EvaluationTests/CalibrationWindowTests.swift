import Evaluation
import TestSupport
import Testing

/// The expected calibration error and the window that it is taken over.
@Suite struct CalibrationWindowTests {
    private func window(_ entries: [(Float, Bool)], capacity: Int = 1_000) -> CalibrationWindow {
        var window = CalibrationWindow(capacity: capacity)
        for (confidence, isRight) in entries {
            window.record(
                confidence: confidence, uncalibrated: confidence, isRight: isRight, isUnknown: false)
        }
        return window
    }

    private struct NoValue: Error {}

    private func value(_ metric: MetricValue) throws -> Double {
        guard case .value(let value) = metric else { throw NoValue() }
        return value
    }

    @Test("The error of a few samples by hand")
    func byHand() {
        // Bins of a fifteenth: 0.9 and 0.92 lie in [13/15, 14/15), 0.5 and 0.52 in [7/15, 8/15), 1 in the last.
        let outcomes: [(confidence: Float, isRight: Bool)] = [
            (0.9, true), (0.92, false), (0.5, true), (0.52, true), (1, true), (0, false),
        ]
        // |1 - 1.82| + |2 - 1.02| + |1 - 1| + 0, over six.
        #expect(abs(CalibrationWindow.error(outcomes) - (0.82 + 0.98) / 6) < 1e-6)
        #expect(CalibrationWindow.error([]) == 0)
        #expect(CalibrationWindow.error([(1, true), (0, false)]) == 0)
        #expect(CalibrationWindow.error([(1, false), (0, true)]) == 1)
    }

    @Test("Fewer than two hundred samples have no error")
    func tooFew() throws {
        let few = window([(Float, Bool)](repeating: (0.8, true), count: 199))
        #expect(few.error == .absent(.tooFew) && few.uncalibratedError == .absent(.tooFew))
        let enough = window([(Float, Bool)](repeating: (0.8, true), count: 200))
        #expect(abs(try value(enough.error) - 0.2) < 1e-6)
        let none = window([])
        #expect(
            none.unknownRatio == .absent(.noLabelsYet) && none.accuracy(ofExpert: 0) == .absent(.noLabelsYet))
    }

    @Test("The window holds the last samples, wherever it is saved", arguments: [1, 2, 3] as [UInt64])
    func wraps(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let entries = (0..<1_100).map { _ in
            (Float.random(in: 0...1, using: &random), Bool.random(using: &random))
        }
        for count in [250, 300, 301, 599, 600, 777, 1_100] {
            let last = entries[..<count].suffix(300).map { (confidence: $0.0, isRight: $0.1) }
            let window = window(Array(entries[..<count]), capacity: 300)
            #expect(window.count == min(300, count))
            #expect(
                abs(try value(window.error) - CalibrationWindow.error(last)) < 1e-12,
                "seed \(seed), \(count) samples")
            var restored = try #require(try roundTripped(window))
            var other = window
            for (confidence, isRight) in entries.prefix(70) {
                other.record(
                    confidence: confidence, uncalibrated: 0, isRight: isRight, isUnknown: true,
                    rightExperts: [isRight, true])
                restored.record(
                    confidence: confidence, uncalibrated: 0, isRight: isRight, isUnknown: true,
                    rightExperts: [isRight, true])
            }
            #expect(restored == other)
        }
    }

    @Test("Calibrated, uncalibrated, withheld and each expert on their own")
    func columns() throws {
        var window = CalibrationWindow(capacity: 400)
        for index in 0..<400 {
            window.record(
                confidence: 0.75, uncalibrated: 0.99, isRight: index % 4 != 0, isUnknown: index % 10 == 0,
                rightExperts: (0..<8).map { index % ($0 + 1) == 0 })
        }
        #expect(abs(try value(window.error)) < 1e-6)
        #expect(abs(try value(window.uncalibratedError) - 0.24) < 1e-5)
        #expect(try value(window.unknownRatio) == 0.1)
        for expert in 0..<8 {
            let right = (0..<400).count { $0 % (expert + 1) == 0 }
            #expect(try value(window.accuracy(ofExpert: expert)) == Double(right) / 400)
        }
        // An expert that was not asked was not right.
        #expect(try value(window.accuracy(ofExpert: 7)) < 0.2)
    }
}
