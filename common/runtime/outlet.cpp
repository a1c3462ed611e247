#include "common/runtime/outlet.h"

#include "common/exchanges/recording.h"

namespace shopwire::runtime {

Result<MakeTransport> outlet_of(const ConnectorSpec& spec, const RunOptions& options) {
    if (!options.replay.empty()) {
        auto recordings = exchanges::Recordings::load(options.replay, spec.mask);
        if (!recordings) return std::unexpected(recordings.error());
        return [recordings = *recordings](const http::CurlOptions&) { return exchanges::replaying(recordings); };
    }
    if (!options.record.empty()) {
        auto recorder = exchanges::Recorder::open(options.record, spec.mask);
        if (!recorder) return std::unexpected(recorder.error());
        return [recorder = *recorder](http::CurlOptions curl) {
            return exchanges::recording(http::curl_transport(std::move(curl)), recorder);
        };
    }
    return http::curl_transport;
}

}  // namespace shopwire::runtime
