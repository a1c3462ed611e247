// `shopwire status`: is everything up, and how far behind is it?  One thread.
#pragma once

#include <ostream>

#include "services/cli/admin_client.h"
#include "services/cli/reach.h"
#include "services/cli/status_view.h"
#include "services/cli/topic_scan.h"

namespace shopwire::cli {

// Asks each port; a service that does not answer is a problem of the view.
StatusView ask_services(const Reach& reach, AdminClient& client);

// What the router and each system's connector have not read yet, per topic.
Result<std::vector<LagRow>> lags_of(const kafka::ClientConfig& config, TopicScan& scan);

// False: something is stopped or gives no answer.
Result<bool> status(const ReachOptions& options, std::ostream& out);

void add_status_command(CLI::App& app, int& exit_code);

}  // namespace shopwire::cli
