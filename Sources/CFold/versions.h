// A function in a version for each kind of processor, of which the loader picks one.
//
// Not under ThreadSanitizer: the loader asks before the sanitizer's own state is there, and the program would crash.

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define IN_VERSIONS(...)
#endif
#endif

#if !defined(IN_VERSIONS) && defined(__x86_64__)
#define IN_VERSIONS(...) __attribute__((target_clones(__VA_ARGS__, "default")))
#elif !defined(IN_VERSIONS)
#define IN_VERSIONS(...)
#endif
