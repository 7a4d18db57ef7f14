// Drive npm's @octopusdeploy/api-client against OCTOPUS_URL; the last line printed is what it saw, as JSON.
import octopus from "@octopusdeploy/api-client";

const { Client, EnvironmentRepository, ServerTaskWaiter, resolveSpaceId } = octopus;

const client = await Client.create({
    userAgentApp: "octoboot-lab",
    instanceURL: process.env.OCTOPUS_URL,
    apiKey: process.env.OCTOPUS_API_KEY,
});
const space = await resolveSpaceId(client, "Default");
const environments = await new EnvironmentRepository(client, "Default").list({ partialName: "Staging" });
const machines = await client.request("~/api/{spaceId}/machines{?take}", { spaceName: "Default", take: 100 });

const created = await client.doCreate("~/api/{spaceId}/tasks", {
    spaceName: "Default",
    SpaceId: space,
    Name: "Health",
    Description: "Smoke",
    Arguments: { EnvironmentId: environments.Items[0].Id, RestrictedTo: "DeploymentTargets" },
});
const waiter = new ServerTaskWaiter(client, "Default");
const task = await waiter.waitForServerTaskToComplete(created.Id, 200, 20000);
const unknownTask = await waiter.waitForServerTaskToComplete("ServerTasks-99999", 100, 2000).then(() => "accepted", () => "refused");

const told = {
    space,
    environments: environments.Items.map((environment) => environment.Name),
    machines: machines.TotalResults,
    task: task.State,
    unknownTask,
};
console.log(JSON.stringify(told));
