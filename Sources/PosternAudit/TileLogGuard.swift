public import PosternModel
public import PosternPipeline

/// Says before every commit whether the audit log on disk is what the integrator left there.
///
/// Costs a few `stat` calls and reads no content. It looks at the checkpoint and the last file of every
/// level each time, and at one older file, the next one each time, so that every file has its turn. What
/// it finds it hands to the integrator, which compares contents and lets the guard pass again when an
/// operator has put the file back.
public struct TileLogGuard: LogGuard {
    let watch: LogWatch

    /// Confirms that the log is whole and can be written.
    ///
    /// - Throws: ``PosternModel/FaultCode/auditTamperedWith`` when a file is gone, cut, replaced or changed;
    ///   ``PosternModel/FaultCode/auditUnwritable`` when the last attempt to write failed.
    public func confirmIntact() throws(Fault) { try watch.confirmIntact() }
}
