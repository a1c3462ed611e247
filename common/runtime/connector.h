// What a connector gives to the runtime, and what the runtime lends to it.
//
// The runtime owns delivery, cursors, journals, schedules, dead letters and rate budgets; a connector only reads and
// writes its system.  A connector never sees Kafka.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/schema.h"
#include "common/core/clock.h"
#include "common/core/error.h"
#include "common/core/secret.h"
#include "common/events/codec.h"
#include "common/exchanges/mask.h"
#include "common/exchanges/write_gate.h"
#include "common/http/client.h"
#include "common/http/server.h"
#include "common/metrics/registry.h"
#include "common/runtime/examination.h"

namespace shopwire::runtime {

// How far a stream was read.  Opaque to the runtime; the connector puts a version of its own format in.  Empty: from
// the start.
struct Cursor {
    std::string text{};
};

// One thing that was seen.  A failed translation is a value too: `raw` goes to the dead letters with its error.
struct Change {
    std::string raw{};  // as the system sent it
    Result<events::Event> event{};
    // Of a failed one in a snapshot: the SKU or native id, where it can be told.  It then counts as there; with one
    // that cannot be told nothing of the snapshot counts as gone.
    std::string failed_key{};
};

enum class Pass : std::uint8_t {
    kIncremental,  // each page is emitted at once
    kSnapshot,     // pages are staged until `more` is false, judged, and emitted as changes and absences
};

struct Page {
    std::vector<Change> changes{};
    Cursor next{};
    bool more = false;  // ask again at once
    // For people who watch: rows of the system's list that this page stands for (default: its changes), and how many
    // follow until `more` is false, where the system tells.
    std::optional<std::int64_t> rows{};
    std::optional<std::int64_t> left{};
    // With the last page: what it says changes by itself so soon, so the next reading is due before its interval ends.
    std::optional<std::chrono::milliseconds> again_in{};
};

struct Stream {
    std::string_view name{};  // "orders", "goods": part of the cursor's key and a metric label
    Pass pass = Pass::kIncremental;
    std::chrono::milliseconds interval{};  // default of its schedule; configuration may change it
    // Webhooks or other streams tell of the same things, so what readers have may not be what the last pass said: a
    // snapshot then emits every row, and not the changed ones alone.
    bool told_elsewhere = false;
    // Connector::leave takes back what this stream has done there: from that moment on its next reading begins at its
    // start, in whatever process, so that a connection that comes back does it again.  Not for snapshots.
    bool undone_by_leaving = false;
    // A cursor from which on everything comes that changed since a time, for a person who asks: never one that is
    // further than `current`, or what lies between would be left out.  Pure.  Null: the stream cannot.
    std::function<Result<Cursor>(std::int64_t since_ms, const Cursor& current)> since{};
    // Where a reading from the stream's start begins, for a stream whose empty cursor is not the start of all that is
    // still to be told behind `current`.  Pure.  Null: an empty cursor.
    std::function<Result<Cursor>(const Cursor& current)> from_start{};
};

// Reads one connection.  Holds no position of its own.  One thread at a time per stream; streams may run in parallel.
class Source {
 public:
    virtual ~Source() = default;
    // The page after `from`.  The same cursor gives the same changes or newer ones, never fewer.  At most 50,000
    // changes: 10,000 rows, of which each tells several things.  kRejected: whoever waits is told, and the stream is
    // begun anew when it is due, or after `retry_after` where that is sooner.
    virtual Result<Page> read(std::string_view stream, const Cursor& from, std::stop_token stop) = 0;
};

// What came of a command.  The connector fills outcome, error, native_id and detail of `result`; the runtime the rest.
struct Applied {
    commands::v1::CommandResult result{};
    std::vector<Change> seen{};  // entities read on the way that others should know of: published with the result
};

// Writes to one connection.  Called from several threads at once, never for one key at a time.
class Sink {
 public:
    virtual ~Sink() = default;
    // Makes the system show each command's state; an answer per command, in their order.  All are of one kind of action
    // and one connection.  Applying the same command twice has the effect of once, as far as the system can tell; where
    // it cannot, `find` exists and the runtime asks it first.
    virtual std::vector<Result<Applied>> apply(std::span<const events::Command> batch, std::stop_token stop) = 0;
    // Did an earlier attempt of this command land?  nullopt: surely not, apply it.  kAmbiguous: the system cannot tell.
    virtual Result<std::optional<Applied>> find(const events::Command& command, std::stop_token stop) = 0;
};

// Takes what a system pushes to us.  Called from many threads at once; does no I/O.
class Intake {
 public:
    virtual ~Intake() = default;
    struct Received {
        int status = 200;  // the answer, given once all changes are durable in Kafka
        std::string_view kind = "ok";  // metric label: ok, ping, ignored, bad_signature, bad_body
        std::vector<Change> changes{};
        std::string body{};  // JSON of the answer; empty: the kind as text
        std::function<void()> on_durable{};  // called before the answer, once all changes are durable; must not throw
    };
    // `request.path` is this connection's public_url and what follows it: where a system signs nothing, a secret may
    // stand there.
    virtual Received receive(const http::ServerRequest& request) = 0;
};

// Gives the bytes of files that the system hides behind its key; see media.h.  Called from several threads at once.
class Media {
 public:
    virtual ~Media() = default;
    virtual const Secret& secret() const = 0;  // signs the addresses
    // `id` as the connector chose it.  kRejected: there is none such.
    virtual Result<std::string> read(const std::string& id, std::stop_token stop) = 0;
};

// Work that keeps a connection healthy: registering webhooks and the like.  One thread, on the slot's owner.
class Upkeep {
 public:
    virtual ~Upkeep() = default;
    virtual Status run(std::stop_token stop) = 0;  // every `interval` of the spec
};

struct Connector {
    std::unique_ptr<Source> source{};
    std::unique_ptr<Sink> sink{};
    std::unique_ptr<Intake> intake{};
    std::unique_ptr<Upkeep> upkeep{};
    std::unique_ptr<Media> media{};
    // A cheap authenticated call: is the connection usable?  Used by --check-config and to notice that a key works
    // again.
    std::function<Status(std::stop_token)> probe{};
    // What the key opens there, a line each, for the person who fills in the settings.  Printed by --check-config.
    std::function<Result<std::vector<std::string>>(std::stop_token)> describe{};
    // What usually goes wrong at such a system, looked at without changing anything, in a bounded number of requests.
    // A matter that cannot be looked at is a finding too.  Called by one thread at a time, while others work.
    std::function<Examination(const ExamineRequest&, std::stop_token)> examine{};
    // Takes back what we have put there for ourselves, as webhooks.  A line for each thing that was done, and for each
    // that only a person can do.  May be called again.  REQUIRES: the connection is stopped, so that nothing is put
    // back.
    std::function<Result<std::vector<std::string>>(std::stop_token)> leave{};
};  // any of them may be null

// How the runtime treats one kind of command.
struct ActionRule {
    events::Command::ActionCase action = events::Command::ACTION_NOT_SET;
    int batch_max = 1;
    // kCreate: an ambiguous outcome is looked up by `find`, never repeated blindly.
    // kAbsolute: the state is simply written again, after `settle`, since a system may finish an old write after we
    // hung up.
    enum class Write : std::uint8_t { kCreate, kAbsolute } write = Write::kAbsolute;
    // A rejected order waits for a person or a newer state; rejected goods are dead-lettered, the next state replaces
    // them.
    enum class OnReject : std::uint8_t { kPark, kDeadLetter } on_reject = OnReject::kDeadLetter;
    std::chrono::milliseconds settle{0};
    // Under load a batch that is not full begins no sooner than this after the one before it, so that it fills.  A lone
    // command never waits.
    std::chrono::milliseconds gather{0};
};

using MakeTransport = std::function<std::unique_ptr<http::Transport>(http::CurlOptions)>;

// Who a connection is, and what its connector may use.  The references outlive the connector.
struct ConnectionContext {
    std::string merchant{};
    std::string connection{};  // unique within the merchant
    std::string public_url{};  // address of this connection's webhooks from outside; empty: there is none
    Clock& clock;
    http::Transport& transport;  // bare; connectors build their chain with http::client
    http::RateLimiter& limiter;  // of the connection's budget
    metrics::Registry& metrics;
    // One of the connection's own, where `transport` does not fit: a CA file, another time to connect.  No other way
    // leads out: in a dry run it sends no write.
    MakeTransport own_transport = http::curl_transport;
    // No stream is read and nothing that is written leaves: what a stream prepares for writes counts as done.
    bool dry_run = false;

    std::string id() const { return merchant + "/" + connection; }
    metrics::Labels labels() const { return {{"connection", id()}}; }  // of its metrics, as the runtime's have them
};

struct ConnectorSpec {
    std::string_view system{};  // topic segment, consumer group, metric label
    std::vector<Stream> streams{};
    std::vector<ActionRule> actions{};
    bool takes_webhooks = false;  // its connectors have an `intake`, and the service a webhook port
    bool gives_files = false;  // its connectors have `media`, which is asked at that port
    std::chrono::milliseconds upkeep_interval{60'000};
    // Parses the connection's own settings: problems with file, line and path.  Does no I/O.
    std::function<void(const config::Node& settings, config::Problems& problems)> check{};
    // Default limits of one key at this system, before configuration.
    http::RateLimiter::Options limits{};
    std::function<Result<Connector>(const config::Node& settings, const ConnectionContext& context)> create{};
    // JSON Schema (text) of the connection's settings, for editors and docs.
    std::function<std::string()> schema{};
    // A request that changes nothing there, so that a dry run may send it.
    std::function<bool(const http::Request&)> reads = exchanges::reads_by_method;
    exchanges::MaskWords mask{};  // what is secret or personal in its requests, besides the usual
    // What else its program can do, by the first word of the command line; argv[0] is that word.
    std::map<std::string_view, std::function<int(int argc, char** argv)>> commands{};
};

// The whole process of a connector service: reads the installation, runs until SIGTERM.  Returns the exit code.
int run(int argc, char** argv, const ConnectorSpec& spec);

}  // namespace shopwire::runtime
