#include "services/router/versions.h"

namespace shopwire::router {
namespace {

// A read of our own that began after the known state was seen shows a state at least as new, whatever the source's
// clock says.
bool read_later(const events::v1::Source& source, const internal::v1::SeenVersion& seen) {
    return source.read_started_at_ms() > 0 && source.read_started_at_ms() > seen.observed_at_ms();
}

}  // namespace

Newer compare(const events::v1::Source& source, const internal::v1::SeenVersion& seen) {
    if (seen.observed_at_ms() == 0) return Newer::kNewer;
    if (source.content_hash() == seen.content_hash() && source.modified_at_ms() <= seen.modified_at_ms())
        return Newer::kSame;
    if (source.modified_at_ms() == 0)  // no time of its own: the order in which we saw it must do
        return source.observed_at_ms() >= seen.observed_at_ms() ? Newer::kNewer : Newer::kOlder;
    if (source.modified_at_ms() > seen.modified_at_ms()) return Newer::kNewer;
    if (read_later(source, seen)) return Newer::kNewer;
    return source.modified_at_ms() < seen.modified_at_ms() ? Newer::kOlder : Newer::kRefresh;
}

void remember(const events::v1::Source& source, internal::v1::SeenVersion& seen) {
    seen.set_modified_at_ms(source.modified_at_ms());
    seen.set_content_hash(source.content_hash());
    seen.set_observed_at_ms(source.read_started_at_ms() > 0 ? source.read_started_at_ms() : source.observed_at_ms());
}

}  // namespace shopwire::router
