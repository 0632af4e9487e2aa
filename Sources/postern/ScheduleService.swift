import PosternDelivery
import ServiceLifecycle

/// Sends messages when their time comes, until told to stop.
struct ScheduleService: Service {
    let scheduler: Scheduler

    func run() async {
        await withGracefulShutdownHandler {
            await scheduler.run()
        } onGracefulShutdown: {
            scheduler.stop()
        }
    }
}
