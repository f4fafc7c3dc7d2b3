import Evaluation
import Testing

@Suite struct AccuracyMatrixTests {
    /// R[i][j]: accuracy on task j after training through task i. Task 0 rises to .95 before it falls.
    private let matrix: AccuracyMatrix
    init() throws {
        matrix = try AccuracyMatrix([
            [0.90, 0.20, 0.10],
            [0.95, 0.70, 0.30],
            [0.50, 0.60, 0.80],
        ])
    }

    private func expect(_ value: MetricValue, _ number: Double, _ name: Comment) {
        #expect(abs((value.number ?? .infinity) - number) < 1e-12, name)
    }

    @Test func averageAccuracy() {
        #expect(abs(matrix.averageAccuracy - (0.5 + 0.6 + 0.8) / 3) < 1e-12)
    }

    @Test func averageIncrementalAccuracy() {
        // After task 1: .9. After task 2: (.95 + .7) / 2 = .825. After task 3: 1.9 / 3.
        #expect(abs(matrix.averageIncrementalAccuracy - (0.9 + 0.825 + 1.9 / 3) / 3) < 1e-12)
    }

    @Test func forgettingChaudhry2018() throws {
        // Task 1: .95 - .5. Task 2: .7 - .6. The last task has no part.
        expect(matrix.forgettingChaudhry2018, (0.45 + 0.10) / 2, "highest minus last")
        // The highest may stand before the task was trained.
        let early = try AccuracyMatrix([[0.9, 0.8, 0], [0.9, 0.7, 0], [0.9, 0.6, 1]])
        expect(early.forgettingChaudhry2018, (0 + 0.2) / 2, "over all earlier rows")
        // A task that got better afterwards counts as negative forgetting: the last row is not in the maximum.
        let better = try AccuracyMatrix([[0.5, 0], [0.75, 1]])
        expect(better.forgettingChaudhry2018, -0.25, "backward transfer")
    }

    @Test func forgettingFirstMinusLast() {
        expect(matrix.forgettingFirstMinusLast, (0.4 + 0.1) / 2, "diagonal minus last")
    }

    @Test func bwtLopezPaz2017() {
        expect(matrix.bwtLopezPaz2017, (-0.4 - 0.1) / 2, "last minus diagonal")
    }

    @Test func fwtLopezPaz2017() throws {
        // Task 2 before training it: .2 over .05. Task 3: .3 over .1. The first baseline has no part.
        expect(
            try matrix.fwtLopezPaz2017(baseline: [0.9, 0.05, 0.1]), (0.15 + 0.2) / 2, "above the diagonal")
        #expect(throws: EvaluationError.self) { try matrix.fwtLopezPaz2017(baseline: [0, 0]) }
        #expect(throws: EvaluationError.self) { try matrix.fwtLopezPaz2017(baseline: [0, 0, .nan]) }
    }

    @Test func bwtDiaz2018() {
        // (.95 - .9) + (.5 - .9) + (.6 - .7) over three pairs.
        expect(matrix.bwtDiaz2018, (0.05 - 0.4 - 0.1) / 3, "all pairs")
    }

    @Test func oneTaskHasNothingToForget() throws {
        let single = try AccuracyMatrix([[0.75]])
        #expect(single.averageAccuracy == 0.75)
        #expect(single.averageIncrementalAccuracy == 0.75)
        let values = [
            single.forgettingChaudhry2018, single.forgettingFirstMinusLast, single.bwtLopezPaz2017,
            single.bwtDiaz2018, try single.fwtLopezPaz2017(baseline: [0]),
        ]
        for value in values { #expect(value == .absent(.fewerThanTwoTasks)) }
    }

    @Test func whatIsNoAccuracyMatrixIsRefused() throws {
        for rows in [[], [[0.5, 0.5]], [[0.5, 0.5], [0.5]], [[1.01]], [[-0.1]], [[.nan]]] as [[[Double]]] {
            let error = #expect(throws: EvaluationError.self) { try AccuracyMatrix(rows) }
            #expect(error?.code == .invalidMatrix)
        }
        #expect(try roundTripped(matrix) == matrix)
        #expect(throws: EvaluationError.self) { try decoded(matrix, replacing: "0.95", by: "9.5") }
    }
}
