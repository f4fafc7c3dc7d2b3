import Testing

/// Tests that wait run side by side, on threads of their own.
///
/// A test that blocks holds its thread, and the pool that tests run on has as many threads as there are cores: on two
/// cores two tests that wait for a broker would hold up all others. With this trait a test runs on one of
/// ``WaitingThreads`` instead.
public struct WaitingTrait: TestTrait, SuiteTrait, TestScoping {
    /// It is for the tests of a suite, not for the suite as a whole.
    public var isRecursive: Bool { true }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(WaitingThreads.shared) { try await function() }
    }
}

extension Trait where Self == WaitingTrait {
    /// Runs tests that wait more than they compute on threads of their own.
    public static var waiting: Self { Self() }
}
