// The spans of a process: who takes them, and those of what begins a chain.
#pragma once

#include <memory>
#include <string>

#include "common/config/installation.h"
#include "common/core/clock.h"
#include "common/kafka/producer.h"
#include "common/tracing/tracing.h"

namespace shopwire::runtime {

// As `tracing` of the installation says; nullptr: nobody takes them.
std::unique_ptr<tracing::Exporter> export_spans(const config::Installation& installation, const std::string& service,
                                                const std::string& pod, tracing::Metrics& metrics);

// Each event that it makes durable begins a chain, whose root span lasts as long as that took.
std::unique_ptr<kafka::Producer> traced(std::unique_ptr<kafka::Producer> producer, Clock& clock);

}  // namespace shopwire::runtime
