import Glibc

/// The natural logarithm of the C library.
@inlinable
public func logarithm(_ value: Double) -> Double { Glibc.log(value) }

/// e to a power, of the C library.
@inlinable
public func exponential(_ value: Double) -> Double { Glibc.exp(value) }
