import Testing

/// The whole program, as its users meet it: a process of its own, real TLS, real files.
///
/// One after the other, because each of them would like the machine to itself.
@Suite(.serialized) enum EndToEndTests {}
