// Two streams.  "integration" makes Logistos know the store: its cursor remembers, by hash, which key was sent.
// "tracking" asks where parcels are: its cursor holds those under way.  Thread-safe across streams.
#pragma once

#include <string>
#include <vector>

#include "common/runtime/connector.h"
#include "services/logistos/client.h"
#include "services/logistos/watch.h"

namespace shopwire::logistos {

// A reading from the start lists and tells all parcels again, and forgets none that no list shows.
Result<runtime::Cursor> tracking_from_start(const runtime::Cursor& current);
// It sends the key again, and still knows that there is something to disconnect.
Result<runtime::Cursor> integration_from_start(const runtime::Cursor& current);

class Source final : public runtime::Source {
 public:
    static constexpr std::size_t kAskedPerPage = 100;

    // What the context lends outlives the source.
    Source(std::shared_ptr<Room> room, const runtime::ConnectionContext& context);

    Result<runtime::Page> read(std::string_view stream, const runtime::Cursor& from, std::stop_token stop) override;

 private:
    Result<runtime::Page> integration(const runtime::Cursor& from, std::stop_token stop);
    Result<runtime::Page> tracking(const runtime::Cursor& from, std::stop_token stop);
    Status begin_pass(Watch& watch, std::stop_token stop);
    void take_exported(Watch& watch);
    // False: some parcels have to wait, and are listed again.
    Result<bool> list(Watch& watch, std::stop_token stop);
    // Asks for one parcel; what is new goes into `page`.  An error: nobody can be asked now.
    Status ask(Parcel& parcel, std::int64_t pass_ms, runtime::Page& page, std::stop_token stop);

    const std::shared_ptr<Room> room_;
    const Client& client_ = *room_->client;
    const Settings& settings_ = room_->settings;
    const std::string merchant_;
    const std::string connection_;
    Clock& clock_;
    metrics::Gauge& under_way_;
    metrics::Counter& given_up_;
    metrics::Counter& no_room_;
};

// See runtime::Connector.
Result<std::vector<std::string>> leave(Room& room, std::stop_token stop);

}  // namespace shopwire::logistos
