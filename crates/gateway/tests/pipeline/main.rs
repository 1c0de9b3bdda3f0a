//! The gateway as its callers see it: a template, a request, an answer, and who was asked on the way.

mod events;
mod functions;
mod http_api;
mod log;
mod pages;
mod preflight;
mod project;
mod rest_api;
mod routing;
mod server;
mod templates;
