import Evaluation
import TestSupport
import Testing

@Suite struct LatencyHistogramTests {
    @Test func smallDurationsAreExact() {
        var histogram = LatencyHistogram()
        #expect(histogram.p50 == .absent(.noRecordsYet))
        #expect(histogram.max == .absent(.noRecordsYet))
        for nanoseconds in 1...60 as ClosedRange<UInt64> { histogram.record(nanoseconds: nanoseconds) }
        #expect(histogram.p50 == .value(30))
        #expect(histogram.p90 == .value(54))
        #expect(histogram.p99 == .value(60))
        #expect(histogram.percentile(0) == .value(1))
        #expect(histogram.percentile(2) == .value(60))
        #expect(histogram.max == .value(60))
        #expect(histogram.count == 60)
    }

    @Test func everyDurationIsWithinTwoPercentAlsoAtTheEdgesOfTheBuckets() {
        for exponent in 0..<64 as Range<UInt64> {
            let power = UInt64(1) << exponent
            for value in [power - 1, power, power + power / 32, power + (power - 1)] {
                var histogram = LatencyHistogram()
                histogram.record(nanoseconds: value)
                histogram.record(nanoseconds: .max)  // so that the highest does not cap the first
                let measured = histogram.p50.number ?? -1
                #expect(abs(measured - Double(value)) <= 0.016 * Double(value), "\(value)")
            }
        }
    }

    @Test(arguments: [UInt64](1...4))
    func percentilesOfRandomDurationsAreThoseOfTheSortedOnes(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var histogram = LatencyHistogram()
        var all: [UInt64] = []
        for _ in 0..<5000 {
            let value = random.next() >> UInt64.random(in: 20...60, using: &random)
            all.append(value)
            histogram.record(nanoseconds: value)
        }
        all.sort()
        for share in [0.5, 0.9, 0.99, 0.999] {
            let exact = Double(all[Int((Double(all.count) * share).rounded(.up)) - 1])
            let measured = histogram.percentile(share).number ?? -1
            #expect(abs(measured - exact) <= 0.02 * exact, "seed \(seed) share \(share)")
        }
        #expect(histogram.max == .value(Double(all.last ?? 0)), "seed \(seed)")
    }

    @Test func mergingIsRecordingEverythingInOne() throws {
        let seed: UInt64 = 5
        var random = SplitMix64(seed: seed)
        var (whole, left, right) = (LatencyHistogram(), LatencyHistogram(), LatencyHistogram())
        for step in 0..<1000 {
            let value = random.next() >> 30
            whole.record(nanoseconds: value)
            if step % 3 == 0 { left.record(nanoseconds: value) } else { right.record(nanoseconds: value) }
        }
        left.merge(right)
        #expect(left == whole, "seed \(seed)")
        #expect(try roundTripped(whole) == whole, "seed \(seed)")
        var empty = LatencyHistogram()
        empty.merge(LatencyHistogram())
        #expect(empty == LatencyHistogram())
    }

    @Test func bucketsOfAnotherShapeAreRefused() {
        #expect(throws: EvaluationError.self) {
            try decoded(LatencyHistogram(), replacing: "[0,", by: "[")
        }
    }
}
